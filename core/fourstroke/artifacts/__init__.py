"""What steps leave behind: values as files, named by the digest of their content."""
