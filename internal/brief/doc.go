// Package brief keeps error messages to one line of bounded length, whatever a file or a user puts into them.
package brief
