"""What `plugins new --local` begins with, where one hook serves the stage: a function of a few lines."""
