dnl Build options of CustomerAPI: hardening (OpenSSF guide), sanitizers, warnings as errors.

AC_DEFUN([CUSTOMERAPI_TRY_CFLAG], [
	AX_CHECK_COMPILE_FLAG([$1], [CUSTOMERAPI_CFLAGS="$CUSTOMERAPI_CFLAGS $1"], [], [-Werror])
])
AC_DEFUN([CUSTOMERAPI_TRY_LDFLAG], [
	AX_CHECK_LINK_FLAG([$1], [CUSTOMERAPI_LDFLAGS="$CUSTOMERAPI_LDFLAGS $1"], [], [-Werror])
])

AC_DEFUN([CUSTOMERAPI_HARDENING], [
	AC_ARG_ENABLE([hardening],
		[AS_HELP_STRING([--disable-hardening], [leave out the hardening flags])], [],
		[enable_hardening=yes])
	AC_ARG_ENABLE([sanitizers], [AS_HELP_STRING([--enable-sanitizers],
		[build with AddressSanitizer and UndefinedBehaviorSanitizer])],
		[], [enable_sanitizers=no])
	CUSTOMERAPI_CFLAGS=
	CUSTOMERAPI_LDFLAGS=
	m4_foreach_w([flag], [-Wall -Wextra -Wformat=2 -Wconversion -Wsign-conversion
		-Wimplicit-fallthrough -Wstrict-prototypes -Wmissing-prototypes -Wshadow
		-Wtrampolines
		-Wbidi-chars=any -Werror=format-security -Werror=implicit
		-Werror=incompatible-pointer-types -Werror=int-conversion],
		[CUSTOMERAPI_TRY_CFLAG(flag)])
	AS_IF([test "x$enable_hardening" = xyes], [
		m4_foreach_w([flag], [-fstack-clash-protection -fstack-protector-strong
			-fcf-protection=full -fno-delete-null-pointer-checks -fno-strict-overflow
			-fno-strict-aliasing -fexceptions -fstrict-flex-arrays=3 -fPIE],
			[CUSTOMERAPI_TRY_CFLAG(flag)])
		AS_IF([test "x$enable_sanitizers" != xyes], [
			CUSTOMERAPI_TRY_CFLAG([-ftrivial-auto-var-init=zero])
			CUSTOMERAPI_CFLAGS="$CUSTOMERAPI_CFLAGS -U_FORTIFY_SOURCE"
			CUSTOMERAPI_CFLAGS="$CUSTOMERAPI_CFLAGS -D_FORTIFY_SOURCE=3"
		])
		CUSTOMERAPI_TRY_LDFLAG([-pie])
		CUSTOMERAPI_TRY_LDFLAG([-Wl,-z,noexecstack])
		CUSTOMERAPI_TRY_LDFLAG([-Wl,-z,relro])
		CUSTOMERAPI_TRY_LDFLAG([-Wl,-z,now])
		CUSTOMERAPI_TRY_LDFLAG([-Wl,--as-needed])
	])
	AC_SUBST([CUSTOMERAPI_CFLAGS])
	AC_SUBST([CUSTOMERAPI_LDFLAGS])
])

AC_DEFUN([CUSTOMERAPI_SANITIZERS], [
	AS_IF([test "x$enable_sanitizers" = xyes], [
		CUSTOMERAPI_CFLAGS="$CUSTOMERAPI_CFLAGS -fsanitize=address,undefined"
		CUSTOMERAPI_CFLAGS="$CUSTOMERAPI_CFLAGS -fno-sanitize-recover=undefined"
		CUSTOMERAPI_CFLAGS="$CUSTOMERAPI_CFLAGS -fno-omit-frame-pointer"
		CUSTOMERAPI_LDFLAGS="$CUSTOMERAPI_LDFLAGS -fsanitize=address,undefined"
	])
])

AC_DEFUN([CUSTOMERAPI_WERROR], [
	AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat warnings as errors])],
		[], [enable_werror=no])
	AS_IF([test "x$enable_werror" = xyes], [CUSTOMERAPI_CFLAGS="$CUSTOMERAPI_CFLAGS -Werror"])
])
