"""Those who write papers up and answer questions."""
