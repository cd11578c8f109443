"""One module for each verb. What a verb does is imported when it runs."""
