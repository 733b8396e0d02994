"""What an operator looks at: health, statistics, metrics, logs."""
