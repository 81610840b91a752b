// Package folder puts files on the disk so that whenever the program ends they are as they were or as they are to
// be: a file by WriteFile, files that belong together by Write. Take locks a folder among processes.
package folder
