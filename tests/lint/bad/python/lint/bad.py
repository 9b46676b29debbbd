def broken(:  # expect: python
    pass
