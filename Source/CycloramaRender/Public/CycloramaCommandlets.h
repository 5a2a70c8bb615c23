// What a farm or a night job runs without a window: UnrealEditor-Cmd Project.uproject -run=CycloramaPublish ...
#pragma once

#include "CoreMinimal.h"
#include "Commandlets/Commandlet.h"

#include "CycloramaCommandlets.generated.h"

/** Publishes the project: -Store= -Message= -Author= -Map= -Keep=mine|theirs -KeyFile= -Folder= -MakeStore -Replace -RefuseLocked -AcceptRollback -DryRun. */
UCLASS()
class CYCLORAMARENDER_API UCycloramaPublishCommandlet : public UCommandlet
{
	GENERATED_BODY()

public:
	int32 Main(const FString& Params) override;
};

/** Brings a version of the content: -Store= -Map= -Only= -Keep=mine|theirs -KeyFile= -Folder= -AcceptRollback -DryRun. */
UCLASS()
class CYCLORAMARENDER_API UCycloramaHydrateCommandlet : public UCommandlet
{
	GENERATED_BODY()

public:
	int32 Main(const FString& Params) override;
};

/** Renders a take: -Take= -Map= -Sequence= -Preset= -Frames= -Width= -Height= -Samples= -Format=exr|png -Passes=A+B -Engine= -Ledger= -Workers= -WalkIn= -Content= -KeyFile= -AcceptRollback -Plan -Detach; or follows or ends a job: -Watch=JOB -Cancel=JOB. */
UCLASS()
class CYCLORAMARENDER_API UCycloramaRenderCommandlet : public UCommandlet
{
	GENERATED_BODY()

public:
	int32 Main(const FString& Params) override;
};

/** Checks this machine, what changed here, and what a map needs: -Store= -Map= -KeyFile= -Folder= -AcceptRollback -Command=. */
UCLASS()
class CYCLORAMARENDER_API UCycloramaDoctorCommandlet : public UCommandlet
{
	GENERATED_BODY()

public:
	int32 Main(const FString& Params) override;
};
