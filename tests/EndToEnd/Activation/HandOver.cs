using System.Globalization;
using System.Runtime.InteropServices;

namespace CubeActors.EndToEnd;

/// <summary>Becomes another program that finds its sockets where systemd's socket activation puts them. The entry point of this assembly when it is run as a program.</summary>
/// <remarks>
/// A process of .NET hands down descriptors that are not closed on exec, and cannot choose their numbers, nor know the id of the process that is to be: so it
/// starts this, which puts them in their places and calls exec. Source: sd_listen_fds(3).
/// </remarks>
internal static partial class HandOver
{
    /// <summary>Source: SD_LISTEN_FDS_START.</summary>
    private const int FirstDescriptor = 3;

    /// <summary>The variable that keeps the runtime from writing its code through a descriptor, which stands where the sockets have to be.</summary>
    public const string PlainCode = "DOTNET_EnableWriteXorExecute";

    /// <param name="arguments">First descriptor, how many follow it, the program, its arguments.</param>
    public static int Main(string[] arguments)
    {
        if (arguments.Length < 3) return 2;
        var (first, count) = (int.Parse(arguments[0], CultureInfo.InvariantCulture), int.Parse(arguments[1], CultureInfo.InvariantCulture));
        var program = arguments[2];
        string?[] passed = [.. arguments[2..], null];
        if (SetVariable("LISTEN_FDS", arguments[1], 1) != 0 || SetVariable("LISTEN_PID", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), 1) != 0) return 3;
        // What is called behind the point of no return is compiled before it; the program that is to be runs without the variable.
        if (RemoveVariable(PlainCode) != 0 || Duplicate(0, 0) != 0 || Execute("", [null]) != -1) return 5;
        for (var i = 0; i < count; i++)
            if (Duplicate(first + i, FirstDescriptor + i) < 0) return 4; // over what the runtime has there: it is gone in a moment anyway
        return Execute(program, passed);
    }

    /// <summary>The same socket under a number of at least <paramref name="least"/>, which a child process inherits.</summary>
    public static int Inheritable(int descriptor, int least) => Control(descriptor, 0 /* F_DUPFD */, least);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Duplicate(int from, int to);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "unsetenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RemoveVariable(string name);

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, string?[] arguments);
}
