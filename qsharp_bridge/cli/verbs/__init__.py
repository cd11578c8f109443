"""One module for each verb. A verb imports the library when it runs."""
