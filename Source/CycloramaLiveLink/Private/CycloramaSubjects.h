// Subjects in Live Link, with the lens role: static data before frames, and again only when it says something new.
#pragma once

#include "CoreMinimal.h"
#include "CycloramaTracking.h"
#include "LiveLinkTypes.h"

class ILiveLinkClient;

/// One thread at a time owns it.
class FCycloramaSubjects
{
public:
	void Begin(ILiveLinkClient* InClient, FGuid InSourceGuid);
	void Push(const FString& Name, const FCycloramaSample& Sample);
	/// Takes them out of Live Link; after it the client may go.
	void End();

private:
	struct FSubject
	{
		FLiveLinkSubjectKey Key;
		FCycloramaLens Known;
		bool bPushed = false;
	};
	void PushStatic(FSubject& Subject, const FCycloramaLens& Lens);

	ILiveLinkClient* Client = nullptr;
	FGuid SourceGuid;
	TMap<FString, FSubject> Known;
};
