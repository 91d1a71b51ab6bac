using System.CommandLine;

namespace CubeActors.Pbm;

/// <summary><c>docs</c>, which is hidden: prints docs/pbm.md.</summary>
internal static class ReferenceCommand
{
    public static Command Build(PbmContext context, GlobalOptions options)
    {
        var command = new Command("docs", "Prints the reference in Markdown.") { Hidden = true };
        command.SetAction(_ =>
        {
            context.Out.Write(ReferenceText.Of(PbmCommandLine.Build(context, options)));
            return ExitCode.Success;
        });
        return command;
    }
}
