"""Inter-satellite links, routes over them, and the calendars in which transfers are booked ahead."""
