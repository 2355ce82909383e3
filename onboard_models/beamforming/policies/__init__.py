"""One network for all channels: its architecture, its training through the model, and its export."""
