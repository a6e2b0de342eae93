# The rows of all platforms, out of their files in platform/: what stands between the first and the
# last line of each "const struct platform_row platform_NAME_rows[] = {".
BEGIN { print "/* Generated from platform/ by model/platform.awk. */" }
/^};/ { inside = 0 }
inside && !/^\t\{ \.platform = NULL \},/ { print }
/^const struct platform_row .*\[\] = \{/ { inside = 1 }
