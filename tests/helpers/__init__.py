"""What several tests share: small inputs of every stage, and independent implementations."""
