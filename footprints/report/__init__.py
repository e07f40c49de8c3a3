"""The board paper: its content as plain data, and the same content as PDF, Word and one offline web page."""
