"""Mail: written in the transaction that asks for it, sent by a job."""
