"""Where satellites are: Walker shells as a series, everything else by SGP4; orbit files, frames and geodesy."""
