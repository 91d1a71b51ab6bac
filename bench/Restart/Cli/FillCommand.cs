using System.CommandLine;
using CubeActors.LoadGen;
using CubeActors.Protocol;

namespace CubeActors.Restart;

/// <summary><c>fill</c>: makes the partitions of a stopped node big enough for its start to take time.</summary>
internal static class FillCommand
{
    public static Command Build()
    {
        var disks = new Option<string[]>("--disk") { Description = "Roots of the node's disks.", HelpName = "path,...", CustomParser = CommaList.Parse, Required = true };
        var extents = new Option<int>("--extents") { Description = "Normal extents in each partition.", HelpName = "n", DefaultValueFactory = _ => 100 };
        var bytes = new Option<int>("--bytes") { Description = "Bytes of each.", HelpName = "n", DefaultValueFactory = _ => 4096 };
        var command = new Command("fill",
            """
            Puts extents into all partitions on the disks of a stopped node, in CubeFS's format. Create the partitions first, through the master.
            For replicas that are equal fill the disks of all nodes with the same arguments.
            """)
        {
            disks, extents, bytes,
        };
        command.SetAction(parsed =>
        {
            try
            {
                if (parsed.GetValue(extents) is < 1 or > 20000) throw new UsageFault("--extents: not within 1 and 20000");
                if (parsed.GetValue(bytes) is < 1 || parsed.GetValue(bytes) > DataPlane.ExtentBytesMax) throw new UsageFault($"--bytes: not within 1 and {DataPlane.ExtentBytesMax}");
                foreach (var disk in parsed.GetRequiredValue(disks))
                {
                    var (partitions, made) = ExtentFill.Run(disk, parsed.GetValue(extents), parsed.GetValue(bytes));
                    Console.WriteLine($"{disk}: {partitions} partitions, {made} extents");
                }

                return 0;
            }
            catch (UsageFault e)
            {
                Console.Error.WriteLine(e.Message);
                return 1;
            }
        });
        return command;
    }
}
