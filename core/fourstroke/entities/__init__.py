"""The things that the four cycles speak of: plain frozen records without behaviour of their own."""
