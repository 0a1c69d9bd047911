"""Stand-ins of platforms and vendors on the loopback interface, for end-to-end tests.

They are as strict as the real thing where it is known how strict that is, and they can fail on
demand. No code of the bot is imported here.
"""
