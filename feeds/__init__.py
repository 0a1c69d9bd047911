"""Where the data comes from: one small module a source, behind one Protocol."""
