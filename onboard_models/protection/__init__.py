"""What keeps a network right while bits of its memory flip: guards of memory, checked exits, and their cost."""
