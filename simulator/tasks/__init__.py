"""Where tasks come from: Poisson arrivals and traces."""
