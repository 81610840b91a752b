// Package cli is what the programs that train have in common: the flags of training, of watching it and of
// checkpoints, signals, exit codes, and the figures as one line of JSON.
//
//	func main() {
//		c := settings{Flags: cli.Flags{Every: 500}}
//		c.Flags.Declare("run/name")
//		flag.IntVar(&c.hidden, "hidden", 256, "hidden size H")
//		cli.Main("name", "Does this and that.", []string{"name -hidden 64"}, func(ctx context.Context) error {
//			return run(ctx, os.Stdout, os.Stderr, c)
//		})
//	}
package cli
