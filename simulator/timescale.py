"""The scenario epoch and the uniform scale of seconds that counts from it."""
