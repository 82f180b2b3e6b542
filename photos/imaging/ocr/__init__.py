"""Reading printed text, and writing it invisibly over scanned pages."""
