#!/bin/sh
# What the host's web server starts for each request: fill in the folders, which lie outside of
# what it serves, and chmod 755 it.
CUSTOMERAPI_CONF=@CONF@ exec @PROGRAM@
