# Turns sql/registry/*.sql and sql/tenant/*.sql into store/migrations_gen.c: each file as a string,
# in the order given.
function lit(s) {
	gsub(/\\/, "&&", s)
	gsub(/"/, "\\\"", s)
	return s
}

# Begins the row of sql/<scope>/<version>-<title>.sql.
function begin_row(   n, p, scope, title) {
	n = split(FILENAME, p, "/")
	scope = p[n - 1] == "registry" ? "MIGRATE_REGISTRY" : "MIGRATE_TENANT"
	title = p[n]
	sub(/^[0-9]+-/, "", title)
	sub(/\.sql$/, "", title)
	printf "\t{ .scope = %s, .version = %d, .title = \"%s\", .sql =\n",
	    scope, p[n] + 0, lit(title)
}

BEGIN {
	print "/* Generated from sql/registry and sql/tenant by sql/migrations.awk. */"
	print "#include \"store/migrate.h\"\n\nconst struct migration migrations[] = {"
}
FNR == 1 {
	if (open)
		print "\t  \"\" },"
	begin_row()
	open = 1
}
{ printf "\t  \"%s\\n\"\n", lit($0) }
END {
	if (open)
		print "\t  \"\" },"
	print "\t{ .scope = MIGRATE_UNSET }\n};"
}
