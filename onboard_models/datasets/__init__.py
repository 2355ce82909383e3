"""Images that networks are trained, calibrated and tested on."""
