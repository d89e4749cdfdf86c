// A C target needs a file to compile.
