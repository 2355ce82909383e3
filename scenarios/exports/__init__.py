"""What other tools take from us: scenes for globes, and the tables of runs as text."""
