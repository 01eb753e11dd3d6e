//! Load i: hostile input, what it costs and who survives it.
