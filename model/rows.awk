# The rows of a kind of tables, out of the files that they stand in: what is between the first and
# the last line of each "const struct TYPE NAME[] = {". -v type=TYPE.
BEGIN { print "/* Generated from the rows of its room by model/rows.awk. */" }
/^};/ { inside = 0 }
inside && !/^\t\{ \.[a-z]+ = NULL \},/ { print }
$0 ~ "^const struct " type " .*\\[\\] = \\{" { inside = 1 }
