# Prints the codes of the reference data's countries as two strings, for lib/sniff.
/^\t\('[A-Z][A-Z][A-Z]', '[A-Z][A-Z]', [0-9]+, / {
	three = three substr($0, 4, 3)
	two = two substr($0, 11, 2)
}
function lines(name, text) {
	printf "#define %s", name
	for (; text != ""; text = substr(text, 61))
		printf " \\\n\t\"%s\"", substr(text, 1, 60)
	print ""
}
END {
	if (two == "") {
		print "country.awk: no countries" > "/dev/stderr"
		exit 1
	}
	lines("COUNTRY_ALPHA2", two)
	lines("COUNTRY_ALPHA3", three)
}
