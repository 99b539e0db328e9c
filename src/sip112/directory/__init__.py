"""The directory of a centre as people write it: forms, files, borders, and the first one."""
