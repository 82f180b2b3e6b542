"""What can be told of a picture without a person: pure functions that know neither database nor queue."""
