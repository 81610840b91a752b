// Package folder keeps files that belong together: a folder holds all of them, whole, or is not there.
package folder
