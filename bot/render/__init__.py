"""From a neutral reply to what a platform shows: text, markup, pictures."""
