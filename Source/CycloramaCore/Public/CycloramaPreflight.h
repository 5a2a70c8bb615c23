// Is this project ready for the stage? The editor says what it sees; the core says what of it is wrong and what mends it.
#pragma once

#include "CoreMinimal.h"

/// How bad it is.
enum class ECycloramaLevel : uint8
{
	Good,
	Note,
	Warning,
	Problem,
};

/// What a Fix button does.
enum class ECycloramaFix : uint8
{
	Nothing,
	OpenSettings,
	MakeTakesFolder,
	UseTimecode,
	UseGenlock,
	KeepFullSpeed,
	AddSource,
	RecordTakes,
};

/// What the editor sees.
struct FCycloramaFacts
{
	/// Class of the engine's timecode provider; empty for none.
	FString TimecodeProvider;
	/// Class of the engine's custom time step; empty for none.
	FString CustomTimeStep;
	/// Live Link sources of ours.
	int32 Sources = 0;
	bool bSlowsInBackground = false;
	bool bTakeRecorder = false;
};

/// One check, and what came of it.
struct FCycloramaFinding
{
	ECycloramaLevel Level = ECycloramaLevel::Good;
	ECycloramaFix Fix = ECycloramaFix::Nothing;
	FString Title;
	FString Words;
	FString Button;
};

/// One property of the settings pages, as the core's table has it.
struct FCycloramaSettingRow
{
	FString Name;
	FString Shown;
	FString Sentence;
	FString Unit;
	FString Key;
	double Least = 0.0;
	double Most = 0.0;
	bool bLimited = false;
};

namespace CycloramaPreflight
{
	/// Every check, worst first. Settings, the running session and the cluster are looked up here. Game thread; waits for nothing.
	CYCLORAMACORE_API TArray<FCycloramaFinding> Check(const FCycloramaFacts& Facts);
	/// Those of the cluster alone, as a node that is on stage looks at them.
	CYCLORAMACORE_API TArray<FCycloramaFinding> CheckCluster();
	/// Begins to make the folder of takes of the settings, beside the editor: its share may be away. False where none is chosen. Waits for
	/// nothing; the checks say how it goes.
	CYCLORAMACORE_API bool MakeTakesFolder();
	/// Every property, in the order people read them.
	CYCLORAMACORE_API TArray<FCycloramaSettingRow> Settings();
}
