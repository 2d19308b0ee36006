"""Plain values that everything stands on; nothing here imports a third-party package."""
