using System.Runtime.CompilerServices;
using CubeActors.Raft.Tests.Scripting;

namespace CubeActors.Raft.Tests;

/// <summary>Every file of Scripts is a scene whose name says what it shows. UPDATE_SCRIPTS=1 rewrites what stands below the lines of
/// dashes; the difference is reviewed like code.</summary>
public sealed class ScriptTests
{
    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Scripts");

    public static TheoryData<string> Scripts =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Scripts"), "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)).Order()];

    [Theory]
    [MemberData(nameof(Scripts))]
    public void What_happens_is_what_the_script_says(string name)
    {
        var script = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Scripts", name + ".txt")).ReplaceLineEndings("\n");
        var happened = new ScriptRunner().Run(script);
        if (Environment.GetEnvironmentVariable("UPDATE_SCRIPTS") == "1") File.WriteAllText(Path.Combine(Folder(), name + ".txt"), happened);
        else Assert.Equal(script, happened);
    }
}
