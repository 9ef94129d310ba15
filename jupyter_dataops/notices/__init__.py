"""What somebody is to be told, when, and in which words: pure."""
