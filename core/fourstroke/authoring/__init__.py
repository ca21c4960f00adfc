"""For who writes plugins: begin one, try it on real data, hold it to its contract, package it."""
