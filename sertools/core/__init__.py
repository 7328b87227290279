"""What things mean: pure functions on arrays, one readable body each.

Every function takes the array module as ``xp`` (numpy or cupy), holds no state and draws no
random numbers. Nothing here knows scikit-learn, files or devices.
"""
