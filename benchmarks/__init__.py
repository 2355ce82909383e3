"""Speed and memory of the simulator beside the tools one would otherwise pick: `make bench`."""
