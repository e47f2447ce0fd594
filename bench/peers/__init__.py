"""What Maru is measured against: plain applications, written as their frameworks' manuals do."""
