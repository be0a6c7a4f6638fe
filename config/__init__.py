"""Settings, words, prompts, taxonomy and the sample week."""
