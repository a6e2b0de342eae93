# Makes a C file with the list of all tables "const struct TYPE NAME[…] = {" (const may be missing)
# of the given files, in their order. -v type=TYPE, -v list=NAME of the list, -v header=H that
# describes both, -v must=PATTERN: of the files whose path matches, at least one of each matching
# part has a table ("^admin/cmd/.*": each file; "^platform/[a-z]*/": one file of each folder).
BEGIN { begins = "^(const )?struct " type " [a-z0-9_]+\\[.*(\\{|;)$" }
FNR == 1 && match(FILENAME, must) {
	part = substr(FILENAME, RSTART, RLENGTH)
	if (!(part in has)) has[part] = 0
}
$0 ~ begins {
	if (match(FILENAME, must)) has[substr(FILENAME, RSTART, RLENGTH)]++
	name = $0; sub(/\[.*/, "", name)
	declared[++n] = name; sub(/.* /, "", name); names[n] = name
}
END {
	for (part in has) if (!has[part]) { print part ": no struct " type > "/dev/stderr"; exit 1 }
	print "/* Generated from the tables of its room by model/tables.awk. */"
	print "#include \"" header "\"\n"
	for (i = 1; i <= n; i++) print "extern " declared[i] "[];"
	print "\nconst struct " type " *const " list "[] = {"
	for (i = 1; i <= n; i++) print "\t" names[i] ","
	print "\tNULL,\n};"
}
