"""Text messages: providers behind one protocol, the grammar of commands, the texts themselves."""
